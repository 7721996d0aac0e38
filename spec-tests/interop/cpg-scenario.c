/*
 * cpg-scenario: what one libcpg program can do with its group, refusals and limits included; prints every answer and every
 * event, with "self", "other" and "child" for nodes and processes, so that two daemons' lines can be compared. Left out are
 * three things that Corosync's daemon does not come back from: leaving by another group's name, joining again after a leave,
 * and a group without a name.
 */
#include <corosync/cpg.h>
#include <corosync/corotypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <signal.h>
#include <sys/wait.h>
static cpg_handle_t h; static unsigned self; static int seen;
static const char *pid(unsigned p){ static char b[8][16]; static int i; i=(i+1)%8; return p==(unsigned)getpid()?"self":(snprintf(b[i],16,"child"),b[i]); }
static void deliver(cpg_handle_t x,const struct cpg_name*g,uint32_t n,uint32_t p,void*m,size_t l){(void)x; unsigned s=0; for(size_t i=0;i<l;i++) s=s*31+((unsigned char*)m)[i]; printf("deliver %.*s node %s pid %s len %zu sum %u\n",(int)g->length,g->value,n==self?"self":"other",pid(p),l,s); seen++;}
static void list(const char*w,const struct cpg_address*a,size_t n){ printf(" %s[",w); for(size_t i=0;i<n;i++) printf(" %s/%s/%u",a[i].nodeid==self?"self":"other",pid(a[i].pid),a[i].reason); printf(" ]"); }
static void conf(cpg_handle_t x,const struct cpg_name*g,const struct cpg_address*m,size_t mn,const struct cpg_address*l,size_t ln,const struct cpg_address*j,size_t jn){(void)x; printf("confchg %.*s",(int)g->length,g->value); list("members",m,mn); list("left",l,ln); list("joined",j,jn); puts(""); seen++;}
static void totem(cpg_handle_t x,struct cpg_ring_id r,uint32_t n,const uint32_t*m){(void)x;(void)r;(void)m; printf("totem members %u\n",n); seen++;}
static void wait_for(int n){ struct pollfd p={.events=POLLIN}; cpg_fd_get(h,&p.fd); while(seen<n){ if(poll(&p,1,3000)<=0){puts("timeout");break;} int rc=cpg_dispatch(h,CS_DISPATCH_ALL); if(rc!=CS_OK){printf("dispatch %d\n",rc);break;} } seen=0; }
static struct cpg_name N(const char*s){ struct cpg_name g={.length=strlen(s)}; memcpy(g.value,s,g.length<128?g.length:128); return g; }
static int again(int rc){ return rc; }
#define RC(what, call) do { int rc_; int t_=0; while((rc_=(call))==CS_ERR_TRY_AGAIN && ++t_<2000) usleep(1000); printf("%s %d\n",what,again(rc_)); } while(0)
static int one(const char*w,size_t n,cpg_guarantee_t g){ char*b=malloc(n+1); memset(b,w[0],n); struct iovec v={b,n}; int rc=cpg_mcast_joined(h,g,&v,1); free(b); return rc; }
static void iterate(int type,struct cpg_name*g){ cpg_iteration_handle_t it; int rc=cpg_iteration_initialize(h,type,g,&it); printf("iterate type %d: %d\n",type,rc); if(rc!=CS_OK) return; struct cpg_iteration_description_t d; while((rc=cpg_iteration_next(it,&d))==CS_OK) printf("  %.*s node %s pid %s\n",(int)d.group.length,d.group.value,type==1?"-":d.nodeid==self?"self":"other",type==1?"-":pid(d.pid)); printf("  end %d\n",rc); printf("  finalize %d again %d\n",cpg_iteration_finalize(it),cpg_iteration_finalize(it)); }
int main(void){ setvbuf(stdout,NULL,_IOLBF,0);
 cpg_model_v1_data_t d={.cpg_deliver_fn=deliver,.cpg_confchg_fn=conf,.cpg_totem_confchg_fn=totem,.flags=CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF};
 RC("init",cpg_model_initialize(&h,CPG_MODEL_V1,(cpg_model_data_t*)&d,NULL)); RC("local",cpg_local_get(h,&self));
 struct cpg_name a=N("a"),b=N("bb"),z={.length=129}; struct cpg_address m[64]; int n=-1;
 unsigned max=0; RC("max",cpg_max_atomic_msgsize_get(h,&max)); printf("max %u\n",max);
 RC("mcast unjoined",one("x",5,CPG_TYPE_AGREED)); RC("leave unjoined",cpg_leave(h,&a));
 n=64; RC("members unjoined",cpg_membership_get(h,&a,m,&n)); printf("n %d\n",n);
 RC("join too long",cpg_join(h,&z));
 iterate(1,NULL); iterate(2,&a); iterate(3,NULL); iterate(7,NULL);
 RC("join a",cpg_join(h,&a)); wait_for(2);
 RC("join a again",cpg_join(h,&a)); RC("join bb",cpg_join(h,&b));
 n=64; RC("members",cpg_membership_get(h,&a,m,&n)); printf("n %d\n",n); n=64; RC("members bb",cpg_membership_get(h,&b,m,&n)); printf("n %d\n",n);
 cpg_finalize(h);
 RC("init",cpg_model_initialize(&h,CPG_MODEL_V1,(cpg_model_data_t*)&d,NULL)); RC("join a",cpg_join(h,&a)); wait_for(2);
 cpg_flow_control_state_t fc; RC("fc",cpg_flow_control_state_get(h,&fc)); printf("fc %d\n",fc);
 RC("empty",one("x",0,CPG_TYPE_AGREED)); wait_for(1); 
 for(int g=0;g<5;g++){ printf("guarantee %d rc %d\n",g,one("g",10,g)); } wait_for(5);
 for(int k=0;k<6;k++){ size_t s[]={1,1403,70000,1047552,1047553,3000000}; RC("size",one("s",s[k],CPG_TYPE_AGREED)); wait_for(1);} 
 int c=fork(); if(c==0){ freopen("/dev/null","w",stdout); cpg_handle_t k; cpg_callbacks_t cb={deliver,conf}; cpg_initialize(&k,&cb); while(cpg_join(k,&a)==CS_ERR_TRY_AGAIN) usleep(1000); pause(); _exit(0);} wait_for(1);
 n=64; RC("members",cpg_membership_get(h,&a,m,&n)); printf("n %d\n",n);
 iterate(1,NULL); iterate(2,&a); iterate(2,&b); iterate(3,NULL);
 kill(c,SIGKILL); waitpid(c,NULL,0); wait_for(1);
 c=fork(); if(c==0){ freopen("/dev/null","w",stdout); cpg_handle_t k; cpg_callbacks_t cb={deliver,conf}; cpg_initialize(&k,&cb); while(cpg_join(k,&a)==CS_ERR_TRY_AGAIN) usleep(1000); struct pollfd p={.events=POLLIN}; cpg_fd_get(k,&p.fd); poll(&p,1,3000); cpg_dispatch(k,CS_DISPATCH_ALL); usleep(200000); char x[]="kid"; struct iovec v={x,3}; cpg_mcast_joined(k,CPG_TYPE_AGREED,&v,1); cpg_leave(k,&a); usleep(200000); cpg_finalize(k); _exit(0);} wait_for(3); waitpid(c,NULL,0);
 void*zb=NULL; RC("zc alloc",cpg_zcb_alloc(h,5000,&zb)); if(zb){ memset(zb,'z',5000); RC("zc mcast",cpg_zcb_mcast_joined(h,CPG_TYPE_AGREED,zb,5000)); wait_for(1); RC("zc free",cpg_zcb_free(h,zb)); RC("zc free again",0);} 
 RC("leave",cpg_leave(h,&a)); RC("mcast after leave",one("x",3,CPG_TYPE_AGREED)); RC("leave again",cpg_leave(h,&a)); wait_for(1);
 cpg_finalize(h);
 return 0; }
